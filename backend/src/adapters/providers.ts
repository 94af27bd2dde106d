import type { Abstract, FactoryProvider, Type } from '@nestjs/common';

/** Provides ports by adapters that are made of the same parts: `const store = madeOf(Parts); store(Port, (parts) => …)`. */
export const madeOf =
  <Parts>(parts: Type<Parts>) =>
  <Port>(port: Abstract<Port>, make: (parts: Parts) => Port): FactoryProvider<Port> => ({
    provide: port,
    inject: [parts],
    useFactory: make,
  });
