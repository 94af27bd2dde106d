import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { InvalidRequestError, type ParameterError } from './errors.js';

/** Checks queries, paths and bodies against their DTO; what a DTO does not know is refused, not ignored. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (failures) => {
      const errors = failures.flatMap((failure) => parameterErrors(failure, ''));
      return new InvalidRequestError(
        errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join('; ') + '.',
        errors,
      );
    },
  });
}

function parameterErrors(failure: ValidationError, parent: string): ParameterError[] {
  const parameter = parent ? `${parent}.${failure.property}` : failure.property;
  const own = Object.entries(failure.constraints ?? {}).map(([rule, message]) => ({
    parameter,
    detail: rule === 'whitelistValidation' ? 'is not a parameter of this call' : withoutName(message, failure.property),
  }));
  return [...own, ...(failure.children ?? []).flatMap((child) => parameterErrors(child, parameter))];
}

/** class-validator begins its own sentences with the property's name, which stands beside them already. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
