// The reference for a guarded request: a Nest application on Fastify with one route that makes one Redis GET.
//   REDIS_URL=… node backend/bench/bare-route.ts PORT KEY
// Type stripping does not support decorators, so they are called as functions.
import 'reflect-metadata';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';

const [port = '0', key = ''] = process.argv.slice(2);
const REDIS = Symbol('redis');

class BareController {
  private readonly redis: Redis;

  constructor(redis: Redis) {
    this.redis = redis;
  }

  async read(): Promise<{ length: number }> {
    return { length: (await this.redis.get(key))?.length ?? 0 };
  }
}
Inject(REDIS)(BareController, undefined, 0);
Get('bare')(
  BareController.prototype,
  'read',
  Object.getOwnPropertyDescriptor(BareController.prototype, 'read') as TypedPropertyDescriptor<unknown>,
);
Controller()(BareController);

class BareModule {}
Module({
  controllers: [BareController],
  providers: [{ provide: REDIS, useFactory: () => new Redis(process.env['REDIS_URL'] ?? '') }],
})(BareModule);

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: ['error'] });
await app.listen(Number(port), '127.0.0.1');
