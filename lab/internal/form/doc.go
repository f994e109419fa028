// Package form is how values are written in YAML files. A form reads a value, says
// where in the file something is wrong, and is a JSON Schema as well, so that
// neither has what the other has not.
package form
