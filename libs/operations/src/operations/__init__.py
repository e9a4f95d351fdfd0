"""The local stack of Tongheng: PostgreSQL, Kafka and the services as processes of one machine."""
