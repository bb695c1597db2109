export class ProtectedDto {
  /** In the language of `Accept-Language`. @example '보호된 엔드포인트에 접근하셨습니다.' */
  message: string;
}
