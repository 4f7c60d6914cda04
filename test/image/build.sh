#!/usr/bin/env bash
# Builds the image with buildah, where there is no container engine and no registry of images: the two bases are put together from
# Debian packages and the npm package that carries Node's binary. Needs root, buildah and apt.
#
#   test/image/build.sh WORKDIR      ends with the image logferry:test in the storage below WORKDIR
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$1
mkdir -p "$work/debs" "$work/build" "$work/runtime"
work=$(cd "$work" && pwd)

export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
storage=(--root "$work/storage" --runroot "$work/runroot")

case "$(uname -m)" in
  x86_64) machine=linux-x64 ;;
  aarch64 | arm64) machine=linux-arm64 ;;
  *) echo "no binary of Node for $(uname -m)" >&2; exit 1 ;;
esac

runtime_packages=(base-files libc6 libgcc-s1 gcc-12-base libstdc++6 ca-certificates tzdata netbase)
build_packages=("${runtime_packages[@]}" dash coreutils libacl1 libattr1 libgmp10 libselinux1 libpcre2-8-0)
(cd "$work/debs" && apt-get download "${build_packages[@]}" > download.log 2>&1) || { cat "$work/debs/download.log" >&2; exit 1; }
# unpack ROOT PACKAGE...
unpack() {
  local root=$1 package
  shift
  for package in "$@"; do dpkg-deb -x "$work"/debs/"${package}"_*.deb "$root"; done
  mkdir -p "$root/tmp" "$root/root" "$root/etc/ssl/certs" "$root/proc" "$root/dev" "$root/sys"
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' > "$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' > "$root/etc/group"
  find "$root/usr/share/ca-certificates" -name '*.crt' -exec cat {} + > "$root/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/info" "$root/usr/lib/"*/gconv
}
unpack "$work/runtime" "${runtime_packages[@]}"
unpack "$work/build" "${build_packages[@]}"
ln -sf dash "$work/build/bin/sh"

npm install --no-save --no-fund --no-audit --prefix "$work/node" "node-$machine@24" > "$work/node.log" 2>&1 || { cat "$work/node.log" >&2; exit 1; }
mkdir -p "$work/build/usr/local/bin" "$work/build/usr/local/lib/node_modules"
cp "$work/node/node_modules/node-$machine/bin/node" "$work/build/usr/local/bin/node"
cp -RL "$(npm root -g)/npm" "$work/build/usr/local/lib/node_modules/npm"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$work/build/usr/local/bin/npm"

# A network that is looked into has certificates of its own: the stage that builds gets those of this machine, the image does not.
cp "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$work/build/certificates.crt"

# base NAME FOLDER [OPTION...]: the options are those of buildah config
base() {
  local container
  container=$(buildah "${storage[@]}" from scratch)
  buildah "${storage[@]}" add -q "$container" "$2" / > /dev/null
  buildah "${storage[@]}" config --env PATH=/usr/local/bin:/usr/bin:/bin "${@:3}" "$container"
  buildah "${storage[@]}" commit -q --rm "$container" "$1" > /dev/null
}
base logferry-node "$work/build" --env NODE_EXTRA_CA_CERTS=/certificates.crt
base logferry-runtime "$work/runtime"

buildah "${storage[@]}" build --pull-never --layers=false \
  --build-arg NODE_IMAGE=localhost/logferry-node --build-arg RUNTIME_IMAGE=localhost/logferry-runtime \
  --build-arg VERSION="$(node -p "require('$here/package.json').version")" \
  --build-arg REVISION="$(git -C "$here" rev-parse HEAD 2> /dev/null || echo unknown)" \
  -t logferry:test "$here"
