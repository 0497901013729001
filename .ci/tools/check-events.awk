# Compares detections with what was played: awk -f check-events.awk GAP recordings.tsv events.jsonl
#
# Recordings follow each other with `gap` seconds of silence before each; a detection counts for the recording in
# which it ends. Prints every detection; exits with 1 when a spoken phrase was missed or another one was heard.
BEGIN { FS = "\t"; slack = 0.5 }

FNR == NR {
  if (FNR == 1) next
  start[++count] = clock + gap
  clock = end[count] = start[count] + $2
  file[count] = $1
  phrase[count] = $3
  next
}

{
  heard = member("phrase"); from = member("start") + 0; to = member("end") + 0; score = member("score") + 0
  verdict = "NOT SPOKEN THERE"
  for (i = 1; i <= count; i++) {
    if (phrase[i] != heard || found[i] || from < start[i] - slack || to > end[i] + slack) continue
    found[i] = 1
    verdict = file[i]
    break
  }
  if (verdict == "NOT SPOKEN THERE") wrong++
  printf "%8.2f - %6.2f s   score %.3f   %-20s %s\n", from, to, score, heard, verdict
}

END {
  for (i = 1; i <= count; i++) {
    if (phrase[i] == "") continue
    spoken++
    if (found[i]) continue
    missed++
    printf "missed: %s in %s, %.2f - %.2f s\n", phrase[i], file[i], start[i], end[i]
  }
  printf "%d spoken, %d heard, %d missed, %d heard where not spoken\n", spoken, spoken - missed, missed, wrong
  exit missed + wrong > 0
}

# The value of a member of the JSON object in $0; Cooee writes no spaces, and phrases here need no escapes.
function member(key,   text) {
  if (!match($0, "\"" key "\":(\"[^\"]*\"|[^,}]*)")) return ""
  text = substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
  gsub(/"/, "", text)
  return text
}
