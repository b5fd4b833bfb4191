/* As Arduino's and ESP-IDF's libraries for ESP32 do it. */
#include "client.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

static void check(const char *what, int code) {
  char words[128];
  if (code >= 0) return;
  mbedtls_strerror(code, words, sizeof words);
  refuse("%s: %s", what, words);
}

static int parse_key(mbedtls_pk_context *key, const unsigned char *pem, size_t size, mbedtls_ctr_drbg_context *random) {
#if MBEDTLS_VERSION_MAJOR < 3
  (void)random;
  return mbedtls_pk_parse_key(key, pem, size, NULL, 0);
#else
  return mbedtls_pk_parse_key(key, pem, size, NULL, 0, mbedtls_ctr_drbg_random, random);
#endif
}

size_t ask(const struct peer *peer, const unsigned char *question, size_t length, unsigned char *answer, size_t room) {
  static mbedtls_entropy_context entropy;
  static mbedtls_ctr_drbg_context random;
  static mbedtls_ssl_config config;
  static mbedtls_ssl_context ssl;
  static mbedtls_x509_crt authority, certificate;
  static mbedtls_pk_context key;
  mbedtls_net_context net = {.fd = peer->socket};
  size_t size;

  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  mbedtls_ssl_config_init(&config);
  mbedtls_ssl_init(&ssl);
  check("random", mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0));
  check("defaults", mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
  unsigned char *pem = contents(peer->authority, &size);
  check("authority", mbedtls_x509_crt_parse(&authority, pem, size + 1));
  mbedtls_ssl_conf_ca_chain(&config, &authority, NULL);
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
  if (peer->certificate) {
    pem = contents(peer->certificate, &size);
    check("certificate", mbedtls_x509_crt_parse(&certificate, pem, size + 1));
    pem = contents(peer->key, &size);
    check("key", parse_key(&key, pem, size + 1, &random));
    check("own certificate", mbedtls_ssl_conf_own_cert(&config, &certificate, &key));
  }
  check("setup", mbedtls_ssl_setup(&ssl, &config));
  check("name", mbedtls_ssl_set_hostname(&ssl, peer->name));
  mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);

  int code = mbedtls_ssl_handshake(&ssl);
  char reasons[512];
  if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
    mbedtls_x509_crt_verify_info(reasons, sizeof reasons, "", mbedtls_ssl_get_verify_result(&ssl));
    refuse("handshake: %s", reasons);
  }
  check("handshake", code);
  check("question", mbedtls_ssl_write(&ssl, question, length));
  do
    code = mbedtls_ssl_read(&ssl, answer, room);
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
  while (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
#else
  while (0);
#endif
  check("answer", code);
  return (size_t)code;
}
