import { type DynamicModule, Global, Inject, Module } from '@nestjs/common';
import { ConfigModule as NestConfigModule, getConfigToken, registerAs } from '@nestjs/config';
import { Config } from './config.js';

/** The namespaces that can be injected by themselves. */
const NAMESPACES = ['http', 'redis', 'google', 'session'] as const;
type Namespace = (typeof NAMESPACES)[number];

/** The token of a namespace, for `inject` of a provider. */
export const configOf = (namespace: Namespace): string => getConfigToken(namespace);

/** Injects a namespace of the configuration: its type is `Config['http']`. */
export const InjectConfig = (namespace: Namespace): ParameterDecorator => Inject(configOf(namespace));

/** Gives every module the configuration that was read and checked at boot: whole, and by namespace. */
@Global()
@Module({})
export class ConfigModule {
  static of(config: Config): DynamicModule {
    const load = NAMESPACES.map((name) => registerAs(name, () => config[name]));
    return {
      module: ConfigModule,
      imports: [NestConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, skipProcessEnv: true, load })],
      providers: [{ provide: Config, useValue: config }],
      exports: [Config],
    };
  }
}
