// Tries what a function has no business with and prints one line a try: its name, the result, the error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TRY(name, call)                                                   \
  do {                                                                    \
    errno = 0;                                                            \
    long result = (long)(call);                                           \
    printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "DONE"); \
    fflush(stdout);                                                       \
  } while (0)

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "foreign")) {
#if defined(__x86_64__)
    // getpid by the 32-bit entry, whose call numbers mean other calls than the filter's.
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20));
    printf("foreign DONE\n");
#endif
    return 0;
  }
  if (argc > 1 && !strcmp(argv[1], "x32")) {
#if defined(__x86_64__)
    syscall(0x40000000 | SYS_getpid);
    printf("x32 DONE\n");
#endif
    return 0;
  }
  char buffer[4096] = {0};
  struct rlimit more = {4096, 4096};
  int root = open("/", O_RDONLY | O_DIRECTORY);
  TRY("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0));
  TRY("umount", syscall(SYS_umount2, "/tmp", 2));
  TRY("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  TRY("chroot", syscall(SYS_chroot, "/tmp"));
  TRY("open_tree", syscall(428, -100, "/", 1));
  TRY("fsopen", syscall(430, "tmpfs", 0));
  TRY("unshare_user", syscall(SYS_unshare, CLONE_NEWUSER));
  TRY("unshare_mount", syscall(SYS_unshare, CLONE_NEWNS));
  TRY("unshare_net", syscall(SYS_unshare, CLONE_NEWNET));
  TRY("setns", syscall(SYS_setns, open("/proc/self/ns/net", O_RDONLY), 0));
  TRY("clone_user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  TRY("clone3", syscall(435, buffer, 88));
  TRY("ptrace_attach", syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0));
  TRY("ptrace_seize", syscall(SYS_ptrace, PTRACE_SEIZE, 1, 0, 0));
  TRY("process_vm_readv", syscall(SYS_process_vm_readv, 1, buffer, 1, buffer, 1, 0));
  TRY("process_vm_writev", syscall(SYS_process_vm_writev, 1, buffer, 1, buffer, 1, 0));
  TRY("bpf", syscall(SYS_bpf, 0, buffer, 72));
  TRY("perf_event_open", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0));
  TRY("userfaultfd", syscall(SYS_userfaultfd, 1));
  TRY("io_uring_setup", syscall(425, 1, buffer));
  TRY("keyctl", syscall(SYS_keyctl, 0, -3, 1));
  TRY("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
  TRY("request_key", syscall(SYS_request_key, "user", "x", 0, 0));
  TRY("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  TRY("init_module", syscall(SYS_init_module, buffer, 16, ""));
  TRY("finit_module", syscall(SYS_finit_module, root, "", 0));
  TRY("delete_module", syscall(SYS_delete_module, "x", 0));
  TRY("open_by_handle_at", syscall(SYS_open_by_handle_at, root, buffer, 0));
  TRY("swapon", syscall(SYS_swapon, "/tmp/x", 0));
  TRY("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  TRY("settimeofday", syscall(SYS_settimeofday, buffer, 0));
  TRY("clock_settime", syscall(SYS_clock_settime, 0, buffer));
  TRY("sethostname", syscall(SYS_sethostname, "x", 1));
  TRY("syslog", syscall(SYS_syslog, 3, buffer, 16));
  TRY("socket_packet", socket(AF_PACKET, SOCK_RAW, 0));
  TRY("socket_raw", socket(AF_INET, SOCK_RAW, 1));
  TRY("socket_alg", socket(AF_ALG, SOCK_SEQPACKET, 0));
  TRY("socket_vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  TRY("socket_key", socket(AF_KEY, SOCK_RAW, 2));
  TRY("tiocsti", ioctl(0, TIOCSTI, "x"));
  TRY("setuid", setuid(0));
  TRY("setgid", setgid(0));
  TRY("setgroups", syscall(SYS_setgroups, 1, buffer));
  TRY("chown", chown("/tmp", 0, 0));
  TRY("mknod", mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)));
  TRY("more_descriptors", setrlimit(RLIMIT_NOFILE, &more));
  TRY("nice", setpriority(PRIO_PROCESS, 0, -5));
  TRY("proc_mem", open("/proc/1/mem", O_RDWR));
  TRY("core_pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY));
  TRY("sysrq", open("/proc/sysrq-trigger", O_WRONLY));
  TRY("kernel_memory", open("/dev/mem", O_RDONLY));
  return 0;
}
