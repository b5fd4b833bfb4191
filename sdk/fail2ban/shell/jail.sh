# shellcheck shell=sh disable=SC2034
# The jail and the watch. Sourced by hooks.sh.
: "${dir:?the folder of the generation}"

jail=pulumi-mosquitto
watch=pulumi-mosquitto-watch
# What the watch has loaded, since boot.
note=/run/pulumi-mosquitto-pi.fail2ban

is_active() {
  systemctl --quiet is-active "$1.service"
}

answers() {
  fail2ban-client ping >/dev/null 2>&1
}

has_jail() {
  fail2ban-client status "$1" >/dev/null 2>&1
}

# wanted SETTING…: of each jail that says it, `JAIL SETTING VALUE`.
wanted() {
  while read -r name _ value; do
    case "$name" in '['*) section=$(echo "$name" | tr -d '[]') ;; esac
    case " $* " in *" $name "*) echo "$section $name $value" ;; esac
  done <"$dir/jail.conf"
}

jails() {
  wanted enabled | cut -d ' ' -f 1
}

limits() {
  wanted maxretry findtime bantime
}

# What fail2ban goes by, whatever file has the last word: of each limit `JAIL LIMIT VALUE`, and the filter's digest. It is asked once:
# each time takes a Pi most of a second.
in_force() {
  answers=$({
    limits | sed 's/^\([^ ]* [^ ]*\) .*/get \1/'
    echo "get $jail failregex"
  } | fail2ban-client -i 2>/dev/null | sed -n '/^fail2ban> /,$ s/^\(fail2ban> \)\{0,1\}//p')
  {
    limits | cut -d ' ' -f 1,2 | while read -r limit; do
      read -r value <&3 || value=""
      case "$value" in *[!0-9]* | '') value=none ;; esac
      echo "$limit $value"
    done
    echo "$jail filter $(sha256sum <&3 | cut -c -16)"
  } 3<<END
$answers
END
}

# What the watch of this generation is made of.
watch_digest() {
  cat "$dir/$watch.service" "$dir/watch.sh" "$dir/words.sh" "$dir/watch.py" | sha256sum
}

# The address that this deployment comes from, for the jails not to ban it: not one that is left over from before.
remember_deployer() {
  file=/var/lib/pulumi-mosquitto-pi/fail2ban/deployer
  address=${SSH_CONNECTION-}
  address=${address%% *}
  address=${address%%%*}
  address=${address#::ffff:}
  [ -n "$address" ] || return 0
  printf '%s\n' "$address" >"$file.new"
  chmod 0644 "$file.new"
  mv "$file.new" "$file"
}
