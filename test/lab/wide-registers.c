// Lets User Mode Linux 6.1 run on processors with AMX. It keeps 2696 bytes of a process's floating point registers and
// hands just those back to ptrace, which wants all or nothing (11 KiB on such a processor). Preloaded into `linux`, this
// asks for all of them and fills up what is missing with zeros: the tiles, which no program of the guest uses.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

static unsigned char all[64 * 1024];
static size_t size;

long ptrace(enum __ptrace_request request, ...)
{
	static long (*next)(enum __ptrace_request, pid_t, void *, void *);
	if (next == NULL)
		next = (long (*)(enum __ptrace_request, pid_t, void *, void *))dlsym(RTLD_NEXT, "ptrace");
	va_list arguments;
	va_start(arguments, request);
	pid_t pid = va_arg(arguments, pid_t);
	void *address = va_arg(arguments, void *);
	struct iovec *asked = va_arg(arguments, struct iovec *);
	va_end(arguments);
	int is_set = request == PTRACE_SETREGSET;
	if ((request != PTRACE_GETREGSET && !is_set) || address != (void *)NT_X86_XSTATE)
		return next(request, pid, address, asked);
	struct iovec whole = { .iov_base = all, .iov_len = is_set ? size : sizeof all };
	if (is_set) {
		memset(all, 0, sizeof all);
		memcpy(all, asked->iov_base, asked->iov_len);
		if (whole.iov_len < asked->iov_len)
			whole.iov_len = asked->iov_len;
		return next(request, pid, address, &whole);
	}
	long result = next(request, pid, address, &whole);
	if (result != 0)
		return result;
	size = whole.iov_len;
	if (asked->iov_len > size)
		asked->iov_len = size;
	memcpy(asked->iov_base, all, asked->iov_len);
	return 0;
}
