#!/bin/sh
# Makes the topics of the event log where they are missing: compose runs it in Kafka's image.
# KAFKA_TOPICS, KAFKA_BROKERS: another program, other brokers.
set -eu
: "${KAFKA_TOPICS:=/opt/kafka/bin/kafka-topics.sh}"
: "${KAFKA_BROKERS:=127.0.0.1:9092}"
for topic in events.v1 exposures.v1 events.v1.dlq exposures.v1.dlq; do
  $KAFKA_TOPICS --bootstrap-server "$KAFKA_BROKERS" --create --if-not-exists \
    --topic "$topic" --partitions 3 --replication-factor 1
done
