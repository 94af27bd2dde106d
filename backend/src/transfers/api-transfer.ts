import { applyDecorators } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import type { ProblemCode } from '../http/problems.js';
import { Access } from '../session/session.guard.js';

/** Documents the parameter `id` of a transfer. */
export const ApiTransferId = () =>
  ApiParam({ name: 'id', description: 'Id of the transfer.', example: 'q5Zt0c9hT2uKjH1xV3mW8w' });

/** Documents and guards an endpoint for either account of a transfer. */
export const OfEitherAccount = (...problems: ProblemCode[]) =>
  applyDecorators(Access('either'), ApiProblems('transfer_not_found', ...problems), ApiTransferId());
