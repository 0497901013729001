/* What Swift's runtime wants of a system. With wasi-libc's own functions, the module would import WASI. */
#include <stddef.h>

/* A page has no console. */
int putchar(int character) { return character; }

/* The seed of Swift's hash tables. It keeps strangers from filling a table with colliding keys; here the visitor's own phrases
   are the only keys, so that a constant does. */
void arc4random_buf(void *buffer, size_t count) {
  for (size_t i = 0; i < count; i++) ((unsigned char *)buffer)[i] = (unsigned char)(0x9E + 0x37 * i);
}
