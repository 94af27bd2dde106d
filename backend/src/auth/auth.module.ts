import { Module } from '@nestjs/common';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { ExchangeController } from './exchange.controller.js';
import { HeadlessController } from './headless.controller.js';
import { HeadlessSignIn } from './headless.service.js';

@Module({
  controllers: [AuthController, ExchangeController, HeadlessController],
  providers: [AuthService, HeadlessSignIn],
})
export class AuthModule {}
