// Package checkpointstest has file systems to test what must not lose data:
// [Disk] lives in memory and forgets in a crash what was not synced, and
// [Hooked] fails, counts or watches each operation of another file system.
//
// It is for tests. Nothing here touches a real disk unless it is given one.
package checkpointstest
