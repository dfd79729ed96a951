// Package siteline writes the directives of a generated file, and reads them back. They hold
// everything that weaving needs, so that a body can be woven from the generated file alone:
//
//	//instrument:plan 1f0c6a52ce0b9d3e
//	//instrument:site (*Service).Place file=service.go shape=attempt entry=context ctx=0 err=1 errkind=error attr=req.ID guard=req
//
//	//instrument:call (*Service).Place Do file=service.go through=instrumentClientDo method
//
//	//instrument:context (*Service).Place Info file=service.go as=InfoContext with=ctx
//
// [Site] writes a site's directive, [Call] that of a call site, and [Read] reads a whole file.
//
// The words allow, around, hedge, retry and start stand for themselves; made is the index of a
// result that a hedge gives back. An attr is followed by its expr, if the expression differs from
// the key, and by its guards. A step is followed by what it needs: its keys and its store, each
// followed by its guards, and its function with the parameters that it takes. A word with a space
// in it is quoted as a whole.
//
//	step=limit key=req.Tenant guard=req text step=fallback func=s.cached args=0,1 error
//
// A go statement is a call of the name go, counted among the go statements of its function. The word
// value says that what it starts becomes an argument, and starter is the context before that.
//
// A call that is given a context where it stands calls what is as, with the expression that is with,
// after so many arguments. Its directive stands above the package clause.
//
// A call is the one that ends in the name and stands in the function after index others; through is
// what it becomes a call of. A method's operand becomes an argument, with prefix before it and path
// after it. Types are its type arguments, and unused are imports that nothing else in the file
// uses, name=path.
package siteline
