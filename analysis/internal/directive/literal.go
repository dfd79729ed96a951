package directive

import (
	"go/ast"
	"go/token"
)

// literals finds the function literal that a comment stands above.
type literals struct {
	file   *ast.File
	fset   *token.FileSet
	byLine map[int][]*ast.FuncLit // that begin there, those within others left out; read when it is first needed
}

// below returns the one function literal that begins on the line after a comment; nil if there is
// none, or more than one.
func (l *literals) below(group *ast.CommentGroup) *ast.FuncLit {
	if l.byLine == nil {
		l.read()
	}
	if list := l.byLine[l.line(group.End())+1]; len(list) == 1 {
		return list[0]
	}
	return nil
}

func (l *literals) read() {
	l.byLine = map[int][]*ast.FuncLit{}
	ast.Inspect(l.file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			line := l.line(lit.Pos())
			if list := l.byLine[line]; len(list) == 0 || list[len(list)-1].End() <= lit.Pos() {
				l.byLine[line] = append(list, lit)
			}
		}
		return true
	})
}

func (l *literals) line(pos token.Pos) int { return l.fset.PositionFor(pos, false).Line }
