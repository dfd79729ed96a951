// Package underway makes a panic of the tool an error of one line, which says what the tool was
// doing and how to go on without it. [Do] says what is under way, and [Recover] stands at a door.
package underway
