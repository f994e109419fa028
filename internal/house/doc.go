// Package house is where the rules of this module that no compiler and no
// linter knows are tested: which package may import which, who may use which
// other module, who may end the process, and where the code may look at the
// operating system it runs on. It has tests only.
//
// The rules are tables: the rooms of the house and their floors, the modules
// from outside, and the bans are in imports_test.go, and what source files may
// not say is in source_test.go. Each entry has its reason, which the test prints
// with every violation.
package house
