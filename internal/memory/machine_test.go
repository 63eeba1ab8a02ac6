package memory

import (
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDetect(t *testing.T) {
	const machine = "MemTotal:       16000000 kB\nMemFree:  1 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"unknown":         {nil, assumed},
		"machine":         {map[string]string{"proc/meminfo": machine}, 16000000 << 10},
		"not a number":    {map[string]string{"proc/meminfo": "MemTotal: much kB\n"}, assumed},
		"group":           {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "1073741824\n"}, 1 << 30},
		"group around it": {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/memory.max": "1073741824\n", "sys/fs/cgroup/a/b/memory.max": "max\n"}, 1 << 30},
		"container":       {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/of/the/host\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, 1 << 30},
		"version 1":       {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "3:cpu:/x\n5:hugetlb,memory:/x\n", "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "2147483648\n"}, 2 << 30},
		"no limit":        {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "5:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 16000000 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, c.files)
			if got := detect(root); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]int64{"4GiB": 4 << 30, "1.5 GiB": 3 << 29, " 512MiB ": 512 << 20, "2TiB": 2 << 40, "100": 100, "7KiB": 7 << 10} {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "GiB", "-1", "0", "NaN", "Inf", "1e30", "4GB", "4 G", "99999999TiB"} {
		if n, err := Parse(s); err == nil {
			t.Errorf("%q is %d", s, n)
		}
	}
}

func TestText(t *testing.T) {
	for n, want := range map[int64]string{12: "12 bytes", 2048: "2 KiB", 43 << 30: "43 GiB", 5 << 28: "1.25 GiB", 1023 << 20: "1023 MiB"} {
		if got := Text(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
