import { type DynamicModule, Inject } from '@nestjs/common';
import { ConfigModule as NestConfigModule, getConfigToken, registerAs } from '@nestjs/config';
import type { Config } from './config.js';

type Namespace = keyof Config;

/** The token of a namespace, for `inject` of a provider. */
export const configOf = (namespace: Namespace): string => getConfigToken(namespace);

/** Injects a namespace of the configuration: its type is `Config['http']`. */
export const InjectConfig = (namespace: Namespace): ParameterDecorator => Inject(configOf(namespace));

/** Provides the namespaces of the configuration, which was read and checked at boot, to every module. */
export const configModule = (config: Config): Promise<DynamicModule> =>
  NestConfigModule.forRoot({
    isGlobal: true,
    ignoreEnvFile: true,
    skipProcessEnv: true,
    load: Object.entries(config).map(([name, values]) => registerAs(name, () => values)),
  });
