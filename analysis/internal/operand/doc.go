// Package operand checks what options name in the scope of one function: the functions to call ([Callee]), the
// expressions of keys and stores ([Key], [Store]), and attributes ([Attr]).
package operand
