# Builds a read-only file system, makes it the root, and runs a command in it. For systems without bubblewrap; unshare runs
# it in new namespaces.
#
# Arguments: an empty place to build in, then the entries of a mount plan, then "--" and the command. An entry is
#   folder PATH | link PATH TARGET | view-folder PATH | view-file PATH | device PATH | tmp MEGABYTES | proc
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
place=$1
shift
mount -t tmpfs -o mode=0755,nosuid,nodev,size=4m none "$place"
cd "$place"
mkdir .host proc
own_proc=

# A user namespace may not remove options such as nodev that the host has set, and an option that is missing would remove it.
view() {
  mount -o bind,ro "$1" ".$1" 2>/dev/null ||
    mount -o remount,bind,ro,nosuid,nodev ".$1" 2>/dev/null ||
    mount -o remount,bind,ro,nosuid,nodev,noatime ".$1" 2>/dev/null ||
    mount -o remount,bind,ro,nosuid,nodev,noexec ".$1" || exit 1
}

while [ "$1" != -- ]; do
  kind=$1
  shift
  case $kind in
    folder) mkdir -p ".$1" ;;
    link) ln -s "$2" ".$1" && shift ;;
    view-folder) mkdir -p ".$1" && view "$1" ;;
    view-file) : >".$1" && view "$1" ;;
    device) : >".$1" && mount --bind "$1" ".$1" ;;
    tmp) mkdir -p tmp && mount -t tmpfs -o "mode=1777,nosuid,nodev,size=$1m" none tmp ;;
    proc) own_proc=yes && mount -t proc -o ro,nosuid,nodev,noexec proc proc ;;
  esac
  [ "$kind" = proc ] || shift
done
shift

# mount and umount read the list of mounts in /proc.
[ -n "$own_proc" ] || mount --bind /proc proc
mount -o remount,bind,ro "$place"
pivot_root . .host
cd /
PATH=/.host/usr/sbin:/.host/usr/bin:/.host/sbin:/.host/bin
if [ -n "$own_proc" ]; then umount -l /.host; else umount -l /.host /proc; fi
exec "$@"
