"""Apache Kafka for one machine: the real broker from its published jars, one node, KRaft."""
