#!/bin/sh
# Run in an image of Debian's while it is built: installs the packages named, and leaves of the file system what a program needs that runs
# as one user and never installs anything.
set -eu
export DEBIAN_FRONTEND=noninteractive

missing=
for package in "$@"; do
  # A base that has them already needs no way to Debian's mirrors.
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  apt-get update -q
  # shellcheck disable=SC2086 # one word a package
  apt-get install -y -q --no-install-recommends $missing
fi

purge() {
  for package in "$@"; do
    if dpkg-query -W "$package" >/dev/null 2>&1; then dpkg --purge --force-depends "$package"; fi
  done
}

# Of git, only sending mail and talking to other version controls is written in Perl; with its libraries it is the largest part.
purge git-man liberror-perl perl libperl5.36 perl-modules-5.36 libgdbm-compat4 libgdbm6
# Nor are servers, mail and uploads over WebDAV needed to fetch: each is another copy of half of git.
for program in daemon http-backend http-fetch http-push imap-send shell instaweb add--interactive; do
  rm -f /usr/lib/git-core/git-$program /usr/bin/git-$program
done
rm -rf /usr/lib/git-core/scalar /usr/bin/scalar /usr/share/gitweb /usr/share/git-core/contrib /usr/share/perl5 /usr/share/bash-completion \
  /usr/bin/tini-static
# Half of git a third time, to put names into sentences of its shell scripts.
envsubst=/usr/lib/git-core/git-sh-i18n--envsubst
if [ -e $envsubst ]; then
  cat >$envsubst <<'EOF'
#!/bin/sh
if [ "$1" = --variables ]; then printf '%s\n' "$2" | grep -oE '\$\{?[A-Za-z_][A-Za-z0-9_]*' | tr -d '${'; exit; fi
awk '{
  while (match($0, /[$]([A-Za-z_][A-Za-z0-9_]*|[{][A-Za-z_][A-Za-z0-9_]*[}])/)) {
    name = substr($0, RSTART, RLENGTH)
    gsub(/[${}]/, "", name)
    printf "%s%s", substr($0, 1, RSTART - 1), ENVIRON[name]
    $0 = substr($0, RSTART + RLENGTH)
  }
  print
}'
EOF
fi
if [ -x /usr/lib/git-core/git ]; then ln -sf ../../bin/git /usr/lib/git-core/git; fi

# Of OpenSSH, git calls ssh. Making keys and keeping them, on smart cards too, is a person's, and git does not copy files with it.
for program in ssh-add ssh-agent ssh-argv0 ssh-copy-id ssh-keygen ssh-keyscan scp sftp slogin; do rm -f /usr/bin/$program; done
rm -f /usr/lib/openssh/ssh-*
purge libfido2-1 libcbor0.8 libedit2 libbsd0 libexpat1 libsasl2-modules-db
# Of what came with libraries, nothing loads this: compressing for a server, hardware and old ciphers, other ways to log in to Kerberos.
for part in libbrotlienc.so.1 libbrotlienc.so.1.0.9 engines-3 ossl-modules krb5/plugins; do rm -rf /usr/lib/*-linux-gnu/$part; done

# The user that the programs run as, and the directories that are theirs.
getent group spacelift >/dev/null || groupadd --gid 1983 spacelift
getent passwd spacelift >/dev/null || useradd --uid 1983 --gid 1983 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin spacelift

# No way to become somebody else, and nowhere to write but where it is meant. What is there to become somebody else is of no use without.
find / -xdev -type f -perm /6000 -delete
find / -xdev -type d -perm -0002 ! -path /tmp ! -path '/proc/*' -exec chmod 0755 {} +

# What the licences ask for stays: the copyright files.
find /usr/share/doc ! -type d ! -name copyright -delete
find /usr/share/doc -type d -empty -delete
# Scanners read which packages there are and their files; the rest of what dpkg keeps is for changing them.
rm -f /var/lib/dpkg/info/*.symbols /var/lib/dpkg/info/*.templates /var/lib/dpkg/info/*.shlibs
rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /var/lib/dpkg/*-old /var/lib/systemd /etc/*- /run/* \
  /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /root/.[a-z]* /tmp/* /tmp/.[a-z]*
