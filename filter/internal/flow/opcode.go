package flow

import "mcast/filter/internal/classic"

// aluOps are the codes of the operations.
var aluOps = [...]uint16{
	Add: classic.ADD, Sub: classic.SUB, Mul: classic.MUL, Div: classic.DIV, Mod: classic.MOD,
	And: classic.AND, Or: classic.OR, Xor: classic.XOR, Lsh: classic.LSH, Rsh: classic.RSH,
}

// jumpOps are the codes of the relations.
var jumpOps = [...]uint16{
	Equal: classic.JEQ, Greater: classic.JGT, GreaterOrEqual: classic.JGE, Intersects: classic.JSET,
}
