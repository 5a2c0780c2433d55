export { connectKafkaClient, type KafkaClient } from './client.ts';
export { connectKafkaLog, type KafkaLogSettings } from './log.ts';
export type { KafkaSettings, OnEvent } from './settings.ts';
export { checkTopics, createTopics, type TopicPlan, type TopicProblem } from './topics.ts';
