// Package checkpointstest provides file systems for testing code that must not lose data: [Disk]
// lives in memory and, in a crash, forgets what was not synced; [Hooked] fails, counts or observes
// each operation of another file system.
//
// It is for tests. Nothing here touches a real disk unless it is given one.
package checkpointstest
