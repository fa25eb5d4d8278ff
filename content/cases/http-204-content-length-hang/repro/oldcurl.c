/* A minimal libcurl client, to try old versions. Build against an old static library:
   gcc -DCURL_STATICLIB -I CURL/include oldcurl.c libcurl.a -lpthread -lz -o oldcurl
   usage: oldcurl URL... */
#include <curl/curl.h>
#include <stdio.h>

static size_t sink(char *data, size_t size, size_t n, void *user) { (void)data; (void)user; return size * n; }

int main(int argc, char **argv) {
  curl_global_init(CURL_GLOBAL_ALL);
  printf("libcurl %s\n", curl_version_info(CURLVERSION_NOW)->version);
  for (int i = 1; i < argc; i++) {
    char error[CURL_ERROR_SIZE] = "";
    double first = 0, total = 0;
    long status = 0;
    CURL *h = curl_easy_init();
    curl_easy_setopt(h, CURLOPT_URL, argv[i]);
    curl_easy_setopt(h, CURLOPT_TIMEOUT, 2L);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, sink);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
    CURLcode code = curl_easy_perform(h);
    curl_easy_getinfo(h, CURLINFO_STARTTRANSFER_TIME, &first);
    curl_easy_getinfo(h, CURLINFO_TOTAL_TIME, &total);
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    printf("%s: %ld, first byte %.3f s, total %.3f s, exit %d %s\n", argv[i], status, first, total, code, error);
    curl_easy_cleanup(h);
  }
  return 0;
}
