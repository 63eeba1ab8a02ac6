// Package page opens the page of serve in a browser, as a reader uses it. It is in
// a module for tests, so that those who import Chiasm need no browser's protocol.
package page
