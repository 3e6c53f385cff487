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

# Of git, only sending mail and talking to other version controls is written in Perl; with its libraries it is the largest part.
for package in git-man liberror-perl perl libperl5.36 perl-modules-5.36 libgdbm-compat4 libgdbm6; do
  if dpkg-query -W "$package" >/dev/null 2>&1; then dpkg --purge --force-depends "$package"; fi
done
# Nor are servers, mail and uploads over WebDAV needed to fetch: each is another copy of half of git.
for program in daemon http-backend http-fetch http-push imap-send shell; do rm -f /usr/lib/git-core/git-$program /usr/bin/git-$program; done
rm -rf /usr/lib/git-core/scalar /usr/bin/scalar /usr/share/gitweb /usr/share/bash-completion /usr/bin/tini-static
# Keys on smart cards and host-based logins are a person's.
rm -f /usr/lib/openssh/ssh-*
if [ -x /usr/lib/git-core/git ]; then ln -sf ../../bin/git /usr/lib/git-core/git; fi

# The user that the programs run as, and the directories that are theirs.
getent group spacelift >/dev/null || groupadd --gid 1983 spacelift
getent passwd spacelift >/dev/null || useradd --uid 1983 --gid 1983 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin spacelift

# No way to become somebody else, and nowhere to write but where it is meant.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
find / -xdev -type d -perm -0002 ! -path /tmp ! -path '/proc/*' -exec chmod 0755 {} +

# What the licences ask for stays: the copyright files.
find /usr/share/doc ! -type d ! -name copyright -delete
find /usr/share/doc -type d -empty -delete
rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /var/lib/dpkg/*-old /var/lib/systemd /etc/*- /run/* \
  /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /root/.[a-z]* /tmp/* /tmp/.[a-z]*
