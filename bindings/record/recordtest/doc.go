// Package recordtest holds a provider's recordings to what they promise: a program that was
// recorded and is run again on the recording does the same, to the letter, and asks for everything
// that was recorded and nothing else. The program does every operation of every kind that the
// provider declares.
package recordtest
