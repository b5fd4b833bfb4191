/*
 * A TLS client that knows nothing of MQTT: says what comes by standard input, prints the first piece of what comes back.
 * Usage: client AUTHORITY NAME ADDRESS PORT [CERTIFICATE KEY]
 * The library's part is in a file of its own.
 */
#include "client.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

void refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

unsigned char *contents(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  unsigned char *buffer = calloc(1, 65536);
  if (!file || !buffer) refuse("can't read %s", path);
  *length = fread(buffer, 1, 65535, file);
  fclose(file);
  return buffer;
}

static int connected(const char *address, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *found;
  if (getaddrinfo(address, port, &hints, &found) != 0) refuse("%s is no address", address);
  int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
  if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0) refuse("can't connect to %s:%s", address, port);
  freeaddrinfo(found);
  return fd;
}

int main(int count, char **arguments) {
  if (count != 5 && count != 7) refuse("usage: client AUTHORITY NAME ADDRESS PORT [CERTIFICATE KEY] <QUESTION");
  struct peer peer = {.authority = arguments[1], .name = arguments[2]};
  if (count == 7) peer.certificate = arguments[5], peer.key = arguments[6];
  size_t length;
  unsigned char *question = contents("/dev/stdin", &length), answer[512];
  peer.socket = connected(arguments[3], arguments[4]);
  fwrite(answer, 1, ask(&peer, question, length, answer, sizeof answer), stdout);
  return 0;
}
