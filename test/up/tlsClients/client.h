/* What the clients share: see client.c. */
#include <stddef.h>

struct peer {
  const char *authority, *name, *certificate, *key;
  int socket;
};

/* Ends the program: the server is not who it should be, or it does not want us. */
_Noreturn void refuse(const char *format, ...);

/* A file's contents, with a zero byte behind them that `length` does not count. */
unsigned char *contents(const char *path, size_t *length);

/* One handshake of a TLS library, all checks on; then says the question, and hears the answer's first piece. Gives its length. */
size_t ask(const struct peer *peer, const unsigned char *question, size_t length, unsigned char *answer, size_t room);
