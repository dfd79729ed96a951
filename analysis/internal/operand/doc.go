// Package operand checks what options name in the scope of one function: the functions to call
// ([Callee]), the expressions of keys and stores ([Key], [Store]), and attributes ([Attr]).
// [Usable] checks what a generated file has to refer to.
package operand
