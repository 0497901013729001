#!/bin/sh
# Starts Cooee with the app's options, which Home Assistant writes to /data/options.json. Phrases and the console's token are
# kept in /data.
set -eu
options=/data/options.json
phrases=/data/phrases.cooeep
supervisor=http://supervisor

# The value of an option as text; nothing if it is absent or false.
option() { jq -r --arg name "$1" '.[$name] // empty' "$options"; }
# Asks the Supervisor, with a body by POST.
ask_supervisor() { # ask_supervisor PATH [BODY]
  wget -q -O - --header "Authorization: Bearer ${SUPERVISOR_TOKEN-}" --header "Content-Type: application/json" \
    ${2+--post-data "$2"} "$supervisor/$1"
}

[ -r "$options" ] || {
  echo "Home Assistant gave no options: $options is missing. Start this image as an app of Home Assistant." >&2
  exit 66
}
rate=$(option false_alarms_per_hour)
jq -r '.phrases[]?' "$options" | while IFS= read -r phrase; do
  if [ ! -e "$phrases" ] || ! cooee phrases --phrases "$phrases" --json | jq -e --arg text "$phrase" 'select(.phrase == $text)' >/dev/null; then
    cooee enroll "$phrase" --to "$phrases" --false-alarms "${rate:-0.1}" ||
      echo "the phrase \"$phrase\" is not enrolled; correct it in the app's configuration" >&2
  fi
done

set -- --phrases "$phrases" --wyoming 0.0.0.0:10400 --console 0.0.0.0:10480 --console-trusted-proxy 172.30.32.2 --no-announce --json
site=$(option site)
[ -z "$site" ] || set -- "$@" --site "$site"
device=$(option device)
if [ "$(option microphone)" != true ]; then
  set -- "$@" --no-microphone
elif [ -n "$device" ]; then
  set -- "$@" --device "$device"
fi
if [ "$(option mqtt)" = true ]; then
  if broker=$(ask_supervisor services/mqtt) && [ "$(echo "$broker" | jq -r '.data.host // empty')" ]; then
    set -- "$@" --mqtt "$(echo "$broker" | jq -r '"\(.data.host):\(.data.port)"')"
    user=$(echo "$broker" | jq -r '.data.username // empty')
    if [ -n "$user" ]; then
      (umask 077 && echo "$broker" | jq -r '.data.password // empty' >/data/mqtt-password)
      set -- "$@" --mqtt-user "$user" --mqtt-password-file /data/mqtt-password
    fi
  else
    echo "Home Assistant has no MQTT broker, so detections are not published; install its MQTT app, or turn the option off" >&2
  fi
fi

# Tells Home Assistant about the server, once it serves.
announce() {
  for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    wget -q -O /dev/null http://127.0.0.1:10480/api/session 2>/dev/null && break
    sleep 1
  done
  ask_supervisor discovery "{\"service\":\"wyoming\",\"config\":{\"uri\":\"tcp://$(hostname):10400\"}}" >/dev/null ||
    echo "Home Assistant was not told; add the Wyoming integration with host $(hostname) and port 10400" >&2
}
announce &
exec cooee serve "$@"
