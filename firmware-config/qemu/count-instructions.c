// A plug-in of qemu's translator that counts the instructions which a program executes, all threads together:
//
//   cc -shared -fPIC -O2 count-instructions.c -o count-instructions.so
//   COUNT_FILE=count.txt qemu-aarch64 -plugin ./count-instructions.so program
//
// The count is repeatable where the program's work is: it depends on neither the machine nor its load. Distributions ship
// qemu without qemu-plugin.h, so what is used of its interface (version 1, qemu 4.2 and later) is declared here.
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
typedef struct qemu_info_t qemu_info_t;
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(
    qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation, void *counter, uint64_t add);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, void *), void *data);

EXPORT int qemu_plugin_version = 1;
static uint64_t executed;

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed, qemu_plugin_tb_n_insns(block));
}

static void program_ended(qemu_plugin_id_t id, void *data) {
  (void)id;
  const char *path = data;
  FILE *file = fopen(path, "w");
  if (!file || fprintf(file, "%" PRIu64 "\n", executed) < 0 || fclose(file) != 0) perror(path);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **arguments) {
  (void)info, (void)count, (void)arguments;
  const char *path = getenv("COUNT_FILE");
  if (!path) {
    fputs("COUNT_FILE names no file for the count\n", stderr);
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
  qemu_plugin_register_atexit_cb(id, program_ended, (void *)path);
  return 0;
}
