import { Module } from '@nestjs/common';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { HeadlessController } from './headless.controller.js';
import { HeadlessSignIn } from './headless.service.js';

@Module({ controllers: [AuthController, HeadlessController], providers: [AuthService, HeadlessSignIn] })
export class AuthModule {}
