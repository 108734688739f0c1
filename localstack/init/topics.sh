#!/bin/sh
# Creates missing topics of the event log. Compose runs it in Kafka's image. The variables KAFKA_TOPICS and KAFKA_BROKERS replace
# the program and the brokers.
set -eu
: "${KAFKA_TOPICS:=/opt/kafka/bin/kafka-topics.sh}"
: "${KAFKA_BROKERS:=127.0.0.1:9092}"
for topic in events.v1 exposures.v1 events.v1.dlq exposures.v1.dlq; do
  $KAFKA_TOPICS --bootstrap-server "$KAFKA_BROKERS" --create --if-not-exists \
    --topic "$topic" --partitions 3 --replication-factor 1
done
