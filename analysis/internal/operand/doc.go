// Package operand checks what options name in the scope of one function: the functions to call
// ([Callee]), the expressions of keys and stores ([Key], [Store]), and attributes ([Attr]).
// [Usable] checks that a generated file can refer to an object.
package operand
