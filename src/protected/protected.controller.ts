import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuthRequired } from '../access/index.js';
import { Localize, type LocalizeText } from '../platform/http/index.js';
import { ProtectedDto } from './protected.dto.js';

@ApiTags('protected')
@Controller('protected')
@AuthRequired()
export class ProtectedController {
  /**
   * A protected endpoint
   *
   * @remarks The smallest feature module: copy its folder to begin one of your own.
   */
  @Get()
  greet(@Localize() localize: LocalizeText): ProtectedDto {
    return {
      message: localize({
        en: 'You have reached the protected endpoint.',
        ko: '보호된 엔드포인트에 접근하셨습니다.',
      }),
    };
  }
}
