# Turns the output of cooee --help, or of a command's --help, into a man page.
#
#   awk -v name=cooee-listen -v version=0.2.0 -v date=2026-11-29 -v commands="enroll listen" -f help-to-man.awk
#
# The help begins with what the program does in one line, then "usage: …". Text in the first column is a paragraph, or a
# heading when it ends in a colon. Lines indented by two spaces are examples, or a word and its explanation after two spaces or
# more; explanations go on in deeper lines.

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  sub(/^[.']/, "\\\\\\&&", text)
  return text
}
function section(title) {
  close_lines()
  if (title != current) print ".SH " title
  current = title
}
function close_lines() {
  if (in_lines) print ".fi\n.RE"
  in_lines = 0
}
NR == 1 {
  summary = $0
  sub(/[.]$/, "", summary)
  print ".TH " toupper(name) " 1 " date " \"cooee " version "\" \"User Commands\""
  section("NAME")
  print escaped(name) " \\- " escaped(tolower(substr(summary, 1, 1)) substr(summary, 2))
  next
}
/^usage: / {
  section("SYNOPSIS")
  print ".B " escaped(substr($0, 8))
  paragraph_section = "DESCRIPTION"
  next
}
/^$/ {
  close_lines()
  if (current != "NAME" && current != "SYNOPSIS") print ".PP"
  is_list = 0
  next
}
/^Commands / {
  section("COMMANDS")
  is_list = 1
  next
}
/^(Examples|Getting started):$/ {
  section("EXAMPLES")
  next
}
/^Exit status:/ {
  section("EXIT STATUS")
  paragraph_section = "NOTES"
  text = substr($0, 14)
  if (text == "") is_list = 1
  else print escaped(text)
  in_status = text != ""
  next
}
/^  [-<]/ {
  if (current != "OPTIONS") section("OPTIONS")
  is_list = 1
}
/^  +/ && is_list {
  text = substr($0, 3)
  if (text !~ /^ /) {
    split_at = match(text, /  +/)
    word = split_at ? substr(text, 1, split_at - 1) : text
    rest = split_at ? substr(text, RSTART + RLENGTH) : ""
    print ".TP\n.B " escaped(word)
    if (rest != "") print escaped(rest)
  } else {
    sub(/^ +/, "", text)
    print escaped(text)
  }
  next
}
/^  / {
  if (!in_lines) print ".RS 2\n.nf"
  in_lines = 1
  print escaped(substr($0, 3))
  next
}
{
  close_lines()
  if (current != paragraph_section && !in_status) section(paragraph_section)
  in_status = current == "EXIT STATUS"
  print escaped($0)
}
END {
  section("SEE ALSO")
  count = split(commands, pages, " ")
  line = name == "cooee" ? "" : ".BR cooee (1)"
  for (i = 1; i <= count; i++) {
    if (name == "cooee-" pages[i]) continue
    line = line (line == "" ? "" : ",\n") ".BR cooee\\-" pages[i] " (1)"
  }
  print line
}
