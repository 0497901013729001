# Prints the line of standard input that is nearest to `word` by edit distance, if less than half of it differs:
#
#   awk -v word=… -f nearest.awk
{
  for (j = 0; j <= length($0); j++) row[j] = j
  for (i = 1; i <= length(word); i++) {
    diagonal = row[0]
    row[0] = i
    for (j = 1; j <= length($0); j++) {
      best = diagonal + (substr(word, i, 1) != substr($0, j, 1))
      if (row[j] + 1 < best) best = row[j] + 1
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1
      diagonal = row[j]
      row[j] = best
    }
  }
  if (NR == 1 || row[length($0)] < least) {
    least = row[length($0)]
    nearest = $0
  }
}
END { if (2 * least <= length(word)) print nearest }
