/* As Arduino's library for ESP8266 does it. */
#include "client.h"

#include <bearssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct buffer {
  size_t length;
  unsigned char bytes[4096];
};

static void append(void *to, const void *bytes, size_t length) {
  struct buffer *buffer = to;
  if (length > sizeof buffer->bytes - buffer->length) refuse("too long");
  memcpy(buffer->bytes + buffer->length, bytes, length);
  buffer->length += length;
}

/* The first block of a PEM file whose name ends so. */
static struct buffer block(const char *path, const char *kind) {
  struct buffer found = {0};
  size_t length;
  unsigned char *pem = contents(path, &length);
  br_pem_decoder_context decoder;
  br_pem_decoder_init(&decoder);
  for (int wanted = 0; length > 0;) {
    size_t read = br_pem_decoder_push(&decoder, pem, length);
    pem += read;
    length -= read;
    switch (br_pem_decoder_event(&decoder)) {
    case BR_PEM_BEGIN_OBJ:
      wanted = strstr(br_pem_decoder_name(&decoder), kind) != NULL;
      br_pem_decoder_setdest(&decoder, wanted ? append : NULL, &found);
      break;
    case BR_PEM_END_OBJ:
      if (wanted) return found;
    }
  }
  refuse("%s has no %s", path, kind);
}

static br_x509_trust_anchor anchor(const char *path) {
  static struct buffer name, certificate;
  static br_x509_decoder_context decoder;
  certificate = block(path, "CERTIFICATE");
  br_x509_decoder_init(&decoder, append, &name);
  br_x509_decoder_push(&decoder, certificate.bytes, certificate.length);
  br_x509_pkey *key = br_x509_decoder_get_pkey(&decoder);
  if (!key) refuse("authority: error %d", br_x509_decoder_last_error(&decoder));
  return (br_x509_trust_anchor){{name.bytes, name.length}, BR_X509_TA_CA, *key};
}

static void identify(br_ssl_client_context *client, const struct peer *peer) {
  static struct buffer der, key;
  static br_x509_certificate certificate;
  static br_skey_decoder_context decoder;
  der = block(peer->certificate, "CERTIFICATE");
  certificate = (br_x509_certificate){der.bytes, der.length};
  key = block(peer->key, "PRIVATE KEY");
  br_skey_decoder_init(&decoder);
  br_skey_decoder_push(&decoder, key.bytes, key.length);
  const br_ec_private_key *ec = br_skey_decoder_get_ec(&decoder);
  if (!ec) refuse("key: error %d", br_skey_decoder_last_error(&decoder));
  br_ssl_client_set_single_ec(client, &certificate, 1, ec, BR_KEYTYPE_SIGN, BR_KEYTYPE_EC, br_ec_get_default(),
                              br_ecdsa_sign_asn1_get_default());
}

static int receive(void *fd, unsigned char *bytes, size_t length) {
  ssize_t count = read(*(int *)fd, bytes, length);
  return count > 0 ? (int)count : -1;
}

static int transmit(void *fd, const unsigned char *bytes, size_t length) {
  ssize_t count = send(*(int *)fd, bytes, length, MSG_NOSIGNAL);
  return count > 0 ? (int)count : -1;
}

size_t ask(const struct peer *peer, const unsigned char *question, size_t length, unsigned char *answer, size_t room) {
  static br_ssl_client_context client;
  static br_x509_minimal_context x509;
  static unsigned char records[BR_SSL_BUFSIZE_BIDI];
  static br_sslio_context stream;
  br_x509_trust_anchor trusted = anchor(peer->authority);
  int fd = peer->socket;

  br_ssl_client_init_full(&client, &x509, &trusted, 1);
  br_ssl_engine_set_buffer(&client.eng, records, sizeof records, 1);
  if (peer->certificate) identify(&client, peer);
  br_ssl_client_reset(&client, peer->name, 0);
  br_sslio_init(&stream, &client.eng, receive, &fd, transmit, &fd);
  br_sslio_write_all(&stream, question, length);
  br_sslio_flush(&stream);
  int count = br_sslio_read(&stream, answer, room);
  if (count < 0) refuse("error %d", br_ssl_engine_last_error(&client.eng));
  return (size_t)count;
}
