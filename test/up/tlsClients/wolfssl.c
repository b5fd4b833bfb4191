#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "client.h"

static void check(WOLFSSL *ssl, const char *what, int code) {
  char words[WOLFSSL_MAX_ERROR_SZ];
  if (code > 0) return;
  refuse("%s: %s", what, wolfSSL_ERR_error_string((unsigned long)wolfSSL_get_error(ssl, code), words));
}

size_t ask(const struct peer *peer, const unsigned char *question, size_t length, unsigned char *answer, size_t room) {
  wolfSSL_Init();
  WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfTLS_client_method());
  if (wolfSSL_CTX_load_verify_locations(context, peer->authority, NULL) != 1) refuse("authority");
  wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, NULL);
  if (peer->certificate) {
    if (wolfSSL_CTX_use_certificate_file(context, peer->certificate, WOLFSSL_FILETYPE_PEM) != 1) refuse("certificate");
    if (wolfSSL_CTX_use_PrivateKey_file(context, peer->key, WOLFSSL_FILETYPE_PEM) != 1) refuse("key");
  }
  WOLFSSL *ssl = wolfSSL_new(context);
  check(ssl, "name", wolfSSL_check_domain_name(ssl, peer->name));
  check(ssl, "socket", wolfSSL_set_fd(ssl, peer->socket));
  check(ssl, "handshake", wolfSSL_connect(ssl));
  check(ssl, "question", wolfSSL_write(ssl, question, (int)length));
  int count = wolfSSL_read(ssl, answer, (int)room);
  check(ssl, "answer", count);
  return (size_t)count;
}
