#!/usr/bin/env bash
# A settlement with curl and openssl alone.
#   KEY_ID=… SECRET=… NAME=李小明 ID_NUMBER=… docs/examples/settle.sh http://127.0.0.1:8000 12.80
# No answer came? Run it again with the same SERIAL: nothing is paid twice.
set -euo pipefail
url="${1:?base address}/api/v1/settlements" amount="${2:?amount in yuan}"
serial="${SERIAL:-EX$(openssl rand -hex 6)}"

body=$(printf '{"provider_serial":"%s","beneficiary":{"id_type":"01","id_number":"%s","name":"%s"},"amount":"%s","category":"outpatient","occurred_at":"%s"}' \
  "$serial" "$ID_NUMBER" "$NAME" "$amount" "${OCCURRED_AT:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}")
digest="sha-256=:$(printf %s "$body" | openssl dgst -sha256 -binary | openssl base64 -A):"
params="(\"@method\" \"@target-uri\" \"content-digest\" \"idempotency-key\");created=$(date +%s);keyid=\"$KEY_ID\";nonce=\"$(openssl rand -hex 16)\""

# RFC 9421: these lines, a newline between them and none after the last, signed with the secret.
signature=$(printf '"@method": POST\n"@target-uri": %s\n"content-digest": %s\n"idempotency-key": %s\n"@signature-params": %s' \
  "$url" "$digest" "$serial" "$params" | openssl dgst -sha256 -hmac "$SECRET" -binary | openssl base64 -A)

curl --silent --show-error --fail-with-body "$url" --data-binary "$body" \
  -H "Content-Type: application/json" -H "Content-Digest: $digest" -H "Idempotency-Key: $serial" \
  -H "Signature-Input: till=$params" -H "Signature: till=:$signature:"
echo
