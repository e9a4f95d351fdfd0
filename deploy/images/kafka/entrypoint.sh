#!/bin/sh
# Variables like KAFKA_LOG_DIRS become settings like log.dirs; the storage is formatted the first time; then the broker.
set -eu
file=/opt/kafka/config/server.properties
: "${KAFKA_LOG_DIRS:=/var/lib/kafka/data}"
export KAFKA_LOG_DIRS
env | grep '^KAFKA_' | grep -vE '^KAFKA_(HEAP_OPTS|OPTS|JVM_PERFORMANCE_OPTS)=' | while IFS='=' read -r name value; do
    printf '%s=%s\n' "$(printf '%s' "${name#KAFKA_}" | tr 'A-Z_' 'a-z.')" "$value"
done >"$file"
java_for() { main=$1; shift; exec java ${KAFKA_HEAP_OPTS:--Xms256m -Xmx512m} -XX:+ExitOnOutOfMemoryError -cp '/opt/kafka/libs/*' "$main" "$@"; }
[ -f "$KAFKA_LOG_DIRS/meta.properties" ] || (java_for kafka.tools.StorageTool format --cluster-id "${CLUSTER_ID:-4L6g3nShT-eMCtK--X86sw}" --config "$file" >/dev/null)
java_for kafka.Kafka "$file"
