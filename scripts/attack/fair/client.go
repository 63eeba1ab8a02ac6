package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// A client has one connection, and takes as little of a core as it can.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(address string) (*client, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{c, bufio.NewReaderSize(c, 4096)}, nil
}

// ask sends a request, and reads its answer, which has a length.
func (c *client) ask(request []byte) (status int, err error) {
	if _, err := c.conn.Write(request); err != nil {
		return 0, err
	}
	line, err := c.in.ReadString('\n')
	if err != nil || len(line) < 12 {
		return 0, fmt.Errorf("%q: %v", line, err)
	}
	if status, err = strconv.Atoi(line[9:12]); err != nil {
		return 0, err
	}
	for length := 0; ; {
		if line, err = c.in.ReadString('\n'); err != nil {
			return status, err
		}
		if line == "\r\n" {
			_, err = c.in.Discard(length)
			return status, err
		}
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
}

// post is a request with the same row so many times.
func post(path string, row map[string]any, times int, closes bool) []byte {
	all := make([]map[string]any, times)
	for i := range all {
		all[i] = row
	}
	body, err := json.Marshal(map[string]any{"rows": all})
	if err != nil {
		panic(err)
	}
	connection := "keep-alive"
	if closes {
		connection = "close"
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n%s", path, connection, len(body), body)
}

// plainRow has a value for each column of the model.
func plainRow(address string) (map[string]any, error) {
	answer, err := http.Get("http://" + address + "/v1/model")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var model struct {
		Inputs []struct {
			Columns []struct{ Name, Type string }
		}
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<24)).Decode(&model); err != nil {
		return nil, err
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 16, 16))); err != nil {
		return nil, err
	}
	row := map[string]any{}
	for _, in := range model.Inputs {
		for _, c := range in.Columns {
			switch c.Type {
			case "image":
				row[c.Name] = base64.StdEncoding.EncodeToString(picture.Bytes())
			case "number":
				row[c.Name] = 1
			default:
				row[c.Name] = "a"
			}
		}
	}
	return row, nil
}

// processor is the seconds of processor time that a process has taken; 0 where there is no
// /proc.
func processor(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}
