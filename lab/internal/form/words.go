package form

import (
	"strings"
)

// wordsError says what in a command line cannot be split into words.
type wordsError struct {
	from, to int // bytes
	text     string
	advice   string
}

// splitWords splits a command line into words as a shell does, with its quotes and
// backslashes. There is no shell: what only one could do is an error, unless it is
// quoted.
func splitWords(line string) ([]string, *wordsError) {
	const withShell = `quote it if it is an argument; if a shell is wanted, say so: [sh, -c, "…"]`
	var (
		words  []string
		word   strings.Builder
		inWord bool
	)
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	line = strings.TrimRight(line, "\n")
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t':
			end()
		case '\n':
			return nil, &wordsError{i, i + 1, "a program and its arguments are one line, and here are several", "write > in place of | if they are one command; each command is a step of its own"}
		case '\'':
			n := strings.IndexByte(line[i+1:], '\'')
			if n < 0 {
				return nil, &wordsError{i, i + 1, "this quote is not closed", ""}
			}
			word.WriteString(line[i+1 : i+1+n])
			inWord = true
			i += n + 1
		case '"':
			start := i
			for i++; i < len(line) && line[i] != '"'; i++ {
				switch {
				case line[i] == '\\' && i+1 < len(line) && strings.IndexByte("\\\"$`\n", line[i+1]) >= 0:
					i++
					if line[i] == '\n' {
						continue
					}
				case line[i] == '$' || line[i] == '`':
					return nil, &wordsError{i, i + 1, "there is no shell that would put something in place of " + line[i:i+1], `write \` + line[i:i+1] + ` if it is meant as it is; if a shell is wanted, say so: [sh, -c, "…"]`}
				}
				word.WriteByte(line[i])
			}
			if i == len(line) {
				return nil, &wordsError{start, start + 1, "this quote is not closed", ""}
			}
			inWord = true
		case '\\':
			i++
			switch {
			case i == len(line):
				return nil, &wordsError{i - 1, i, "nothing follows the backslash", ""}
			case line[i] == '\n': // the line goes on
			default:
				word.WriteByte(line[i])
				inWord = true
			}
		case '|', '&', ';', '<', '>', '(', ')', '$', '`':
			return nil, &wordsError{i, i + 1, "there is no shell for which " + line[i:i+1] + " would mean something", withShell}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	end()
	return words, nil
}
