package form

import "strings"

// Nearest returns that of some words which was probably meant, or "".
func Nearest(wrong string, words []string) string {
	const longest = 64 // no word here has more
	if len(wrong) > longest {
		return ""
	}
	lower := strings.ToLower(wrong)
	best, least := "", min(2, (len(lower)+1)/3)+1
	for _, w := range words {
		if d := distance(lower, strings.ToLower(w), least); d < least {
			best, least = w, d
		}
	}
	if best != "" {
		return best
	}
	// A word that was cut short, or that has too much.
	for _, w := range words {
		if len(lower) >= 3 && (strings.HasPrefix(w, lower) || len(w) >= 3 && strings.HasPrefix(lower, w)) {
			return w
		}
	}
	return ""
}

// Suggest returns a hint that names the word that was probably meant, or else all
// that there are.
func Suggest(wrong string, what string, words []string) string {
	if w := Nearest(wrong, words); w != "" {
		return "did you mean " + Shown(w) + "?"
	}
	const most = 20
	switch n := len(words); {
	case n == 0:
		return ""
	case n > most:
		return "the " + what + " are " + Listed(words[:most]) + " …"
	default:
		return "the " + what + " are " + Listed(words)
	}
}

// Listed returns words as a list.
func Listed(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = Shown(w)
	}
	return strings.Join(list, ", ")
}

// distance returns how many letters have to be put in, left out, replaced or
// swapped with their neighbour to make b of a, and more than most if more than
// most have.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	// The rows of the table that count: i-2, i-1 and i letters of a.
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		older, old, row = old, row, older
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
